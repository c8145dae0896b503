name 'vftp'
version '1.0.0'
