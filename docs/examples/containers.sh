export STRANDLINE_DB=agents.db                    # the engine is Docker's, or where DOCKER_HOST says
strandline up &                                   # containers need no other "up" than processes
strandline submit --image alpine:3 -- echo hello  # 1: the engine must have the image: docker pull alpine:3
strandline submit --image alpine:3 --shell -- '
  cd "$STRANDLINE_MOUNT"                          # what earlier runs of this work have left, and this one leaves
  echo "session: $STRANDLINE_SESSION"; [ ! -e note ] || cat note
  echo "a note of job $STRANDLINE_JOB" >note
  echo talk-7 >"$STRANDLINE_STATE/session-id"     # what the next run is given
  echo "{\"exit_code\": 0}" >"$STRANDLINE_STATE/result.json"
  exit 1                                          # and yet it is done: the file counts more'
strandline logs 1 --follow
strandline logs 2 --follow                        # session: (none yet)
strandline relaunch 2                             # 3: the same work, which goes on where job 2 has stopped
strandline logs 3 --follow                        # session: talk-7, and a note of job 2
docker ps --quiet --filter label=strandline.run   # what runs just now: nothing
strandline delete 2 && strandline delete 3        # with the last of them, the mount goes too
kill $! && wait $!                                # containers that go on are left to the next "up"
