"""The durable run: journal, folder, spool and worker processes; knows nothing of networks."""
