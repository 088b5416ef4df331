"""Crawl wire news, extract clean text and fold near-duplicates into stories.

Importing this package loads nothing else: keep it so, because every `import copydesk.x` runs this file, in each of
Airflow's processes too.
"""
