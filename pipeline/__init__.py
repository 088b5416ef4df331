"""From stored bytes to stories: the stages, their tables, and the command line in front of them."""
