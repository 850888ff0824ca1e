"""Roads as arrays, danger as cost, ways over them. Values in, values out; refuses to say 'no path' where a road exists."""
