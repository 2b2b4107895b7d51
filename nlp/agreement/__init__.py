"""How far two or more readers agree beyond chance."""
