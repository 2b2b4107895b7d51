"""The walls between partners and between roles, proved by trying every door."""
