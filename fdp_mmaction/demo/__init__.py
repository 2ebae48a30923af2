"""The web page of ``demo/app.py``; nothing here is imported by the rest of the package."""
