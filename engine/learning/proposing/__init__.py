"""What to change, from the dollars of attempts: tried values, untried ones, hours and chains."""
