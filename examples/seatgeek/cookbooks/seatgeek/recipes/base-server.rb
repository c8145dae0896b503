directory '/data/shared'
