"""Roads, dangers, ways, meeting places and how a way is told. Pure: arrays in, values out.

Time, reports and limits are arguments. Nothing here knows a person, a case or a database, and
nothing here calls a way safe: `P` is a model's figure, a judgement about reports with a date.
"""
