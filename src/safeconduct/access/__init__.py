"""People on duty, the one table of duties, compartments, approvals; speaks to the keeper. Deny by default."""
