"""The way of one surrender: states, evidence, clocks. Stopping needs one and never waits; going needs several."""
