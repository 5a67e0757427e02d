"""What every stage may do with the rows of a table: take columns as arrays, find the rows that are meant."""
