"""Agreement of opened models with the programs that their files come from."""
