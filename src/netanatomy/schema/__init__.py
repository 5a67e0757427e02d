"""The vocabulary: the schema of every table, each column described where it is declared."""
