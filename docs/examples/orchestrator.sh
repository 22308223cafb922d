export STRANDLINE_DB=jobs.db                      # the queue is this file; --db FILE does the same
strandline submit -- echo 'no shell reads $HOME'  # 1: works whether anybody is up or not
strandline submit --delay 1s --attempts 3 -- sh -c 'date; exit 75'
strandline up --concurrency 4 &                   # runs the jobs of the file until it is told to stop
strandline logs 1 --follow                        # what job 1 writes, until it is finished
strandline cancel 2                               # a queued job is cancelled at once, a running one is ended
strandline jobs                                   # id, status, tries, age, took, what, error; also --json
strandline status                                 # counts, who is up, room on the disk
strandline delete 2                               # with its runs and their output
kill $! && wait $!                                # drains; 0: everything had ended, 1: not within --drain
