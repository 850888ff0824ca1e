"""What others must hear: notices, and jobs with a lease. Rows written in the transaction of the act.

If the act rolls back, nobody hears it. A notice holds a topic and a ref: never a text, number or
place. A nudge is not a record: whoever hears one asks the room's queries again.
"""
