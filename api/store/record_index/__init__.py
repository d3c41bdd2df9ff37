"""The record index of a process: posting lists, orders and list items, from which lists are answered."""
