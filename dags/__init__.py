"""All that knows Airflow: thin DAG files, the spider operator, windows."""
