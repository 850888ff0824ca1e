"""The simulated world: phones, a carrier, an aircraft, staff. Comes in by the doors the world uses; imports no room."""
