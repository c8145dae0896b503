directory '/var/spool/ftp'
