"""Time, chance and identity: the only floor that asks the machine for them."""
