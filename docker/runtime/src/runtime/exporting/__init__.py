"""Turns a stored model into files that work without Modelwright."""
