#!/bin/sh
# Usage: guard.sh SIGNAL COMMAND [ARGUMENT...]    with a pipe as file descriptor 3
#
# Runs COMMAND and sends it SIGNAL as soon as the pipe's other end closes. The launcher holds that end, so the
# command is asked to stop when the launcher wants it and also when the launcher was killed and can ask for nothing.
signal=$1
shift
# The shell gives a program in the background an empty standard input; ours is kept aside for it.
exec 4<&0
"$@" <&4 3<&- 4<&- &
child=$!
(
  exec 4<&- </dev/null
  while read -r _ <&3; do :; done
  kill -s "$signal" "$child" 2>/dev/null
) >/dev/null 2>&1 &
watcher=$!
exec 3<&- 4<&- </dev/null
# A signal to this shell interrupts `wait`; the child decides when it is over.
trap 'kill -s "$signal" "$child" 2>/dev/null' TERM INT HUP
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
kill "$watcher" 2>/dev/null
exit "$code"
