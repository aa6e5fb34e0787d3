#!/bin/sh
# Keeps one throwaway server and its directory no longer than its owner lives.
# usage: watchdog.sh DIRECTORY SIGNAL COMMAND [ARGUMENT…]
#
# Standard input is a pipe whose other end only the owner holds: however the owner ends (also by SIGKILL), the pipe ends.
# Then the command's process group gets SIGNAL, ten seconds later SIGKILL, and DIRECTORY is removed.
# Prints the command's process id; the command's own output goes to DIRECTORY/server.log.
# (setpriv --pdeathsig would watch the thread that spawned, not the process, and could not remove the directory.)
directory=$1 signal=$2
shift 2

# fd 3 is the pipe: a shell gives /dev/null as the standard input of what it runs in the background.
exec 3<&0 </dev/null
setsid "$@" >"$directory/server.log" 2>&1 3<&- &
server=$!
echo "$server"
exec >/dev/null

cat <&3

# setsid made the command the leader of a group of its own, so this reaches what it started as well, until the group is
# empty. Again and again: a shell between two commands lets a signal pass.
exec 2>/dev/null
fiftieths=0
while kill -s "$signal" -- "-$server" && [ "$fiftieths" -lt 500 ]; do
  sleep 0.02
  fiftieths=$((fiftieths + 1))
done
kill -s KILL -- "-$server"
# What was killed may still have been writing for a moment.
rm -rf -- "$directory" || { sleep 1; rm -rf -- "$directory"; }
exit 0
