"""Runs the Python glue with shorter pauses, so that a scenario need not wait half a minute for each of its rounds."""

from datetime import timedelta

import zinoargus

zinoargus.POLL_TIMEOUT = 1
zinoargus.PING_INTERVAL = timedelta(seconds=1)
zinoargus.INCIDENT_REFRESH_INTERVAL = timedelta(seconds=2)
zinoargus.RECONNECT_BACKOFF_BASE = timedelta(seconds=1)

if __name__ == "__main__":
    zinoargus.main()
