"""What a command would do before it is done: sentences, words that are typed, their completion."""
