"""The version of Padan; read by the build."""

__version__ = "0.1.0"
