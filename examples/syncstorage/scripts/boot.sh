#!/bin/sh
# User data: a webhead serves from its first boot on.
[ ! -x /usr/local/sbin/webhead-start ] || /usr/local/sbin/webhead-start
