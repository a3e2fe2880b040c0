"""What tools/fuzz.py is made of: mutations of files by their structure, seeds, and the readers that get them."""
