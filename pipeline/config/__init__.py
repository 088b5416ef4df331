"""Show and change the settings, and document them."""
