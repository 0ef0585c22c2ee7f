"""Tables: great_tables draws, cells carry their result rows."""
