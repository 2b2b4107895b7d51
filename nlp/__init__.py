"""Sound, words and statistics in plain Python: no Django, no settings, no database.

Each step takes paths or streams and dataclasses and gives dataclasses back. Heavy libraries are imported
inside the adapter that needs them, so importing this package costs next to nothing.
"""
