"""The feature store: named values of entities with their times, offline in Parquet, online in SQLite."""
