"""Takes models in that were made elsewhere. What they hold is code: it runs in containers only."""
