"""What runs inside Modelwright's containers: the trainer and the model server."""

__version__ = "1.0.0"
