"""Result rows in, tables, figures and sentences out. Nothing here computes a number over subjects."""
