"""What travels with an exported model, so that it predicts outside of Modelwright.

`runtime.exporting` copies these modules, and the others that the model needs, into the package it
makes. Nothing here opens a connection.
"""
