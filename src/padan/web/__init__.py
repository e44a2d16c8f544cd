"""Pages: server-rendered HTML in Indonesian and English, inline SVG, no JavaScript needed. No rules in
here.
"""
