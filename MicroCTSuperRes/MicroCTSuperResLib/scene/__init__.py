"""Slicer's scene without Qt: volumes as nodes, comparison views, difference maps, tables and charts.

Functions here take nodes and give nodes. No file keeps a node between two calls: what belongs together is found again
by references and attributes that are saved with the scene (`lineage.py`).
"""
