# tenon_connector(): see sdk/README.md
