#!/bin/sh
# Runs one throwaway server, and removes it and its directory as soon as its owner has ended.
# usage: watchdog.sh DIRECTORY SIGNAL COMMAND [ARGUMENT…]
#
# Standard input is a pipe whose other end only the owner holds: however the owner ends (also by SIGKILL), the pipe ends.
# Then the command's process group gets SIGNAL, and SIGKILL ten seconds later, and DIRECTORY is removed.
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

# setsid made the command the leader of its own group, so the signal also reaches the processes that it started. It is sent
# until the group is empty, because a shell between two commands may miss a signal.
exec 2>/dev/null
fiftieths=0
while kill -s "$signal" -- "-$server" && [ "$fiftieths" -lt 500 ]; do
  sleep 0.02
  fiftieths=$((fiftieths + 1))
done
kill -s KILL -- "-$server"
# The killed processes may have written for a moment longer.
rm -rf -- "$directory" || { sleep 1; rm -rf -- "$directory"; }
exit 0
