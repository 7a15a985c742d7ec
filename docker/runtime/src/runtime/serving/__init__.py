"""The model server: loads one model and answers predictions over Unix sockets it dials out to."""
