"""Give a share of the traffic to a candidate that was judged good enough, and more and more of it.

python rollout.py start --percent 10
python rollout.py shadow VERSION --sample 10   # it gets copies and answers nobody
python rollout.py status        # of a shadow: agreement, errors and latency beside production
python rollout.py set 20
python rollout.py finish        # it becomes production
python rollout.py abort         # all traffic goes back to production at once
python rollout.py manifest      # the same shares for a cluster, where each model is a service of its own

The running service sees the change by itself. A hash of the id in the header `X-Rollout-Key` decides which requests go
where: the same id always reaches the same model, and who had the candidate at 10 % keeps it at 20 %.
"""

from nbexport_runtime.pipeline.commands import rollout

if __name__ == "__main__":
    rollout.main(__file__)
