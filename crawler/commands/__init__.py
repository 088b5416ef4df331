"""The crawler's commands of the command line interface `copydesk`."""
