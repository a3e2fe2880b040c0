#!/usr/bin/env bash
# sbatch examples/cluster/slurm.sh ENVIRONMENT FOLDER [options of muscle-train]: a run on all nodes of the job, continued where FOLDER
# has one. One actor of 4 threads for every 4 CPUs; the first node also has the learner. See docs/cluster.md.
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --exclusive
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@120
set -euo pipefail
environment=$1 folder=$2
shift 2
export RAY_worker_niceness=0 RAY_USAGE_STATS_ENABLED=0
# Ray 2.60 and later talk only to those who have the cluster's token.
RAY_AUTH_MODE=token RAY_AUTH_TOKEN=$(cat /proc/sys/kernel/random/uuid)
export RAY_AUTH_MODE RAY_AUTH_TOKEN

cpus=${SLURM_CPUS_PER_TASK:-16}
# Both readers take all lines: one that left early would end this script by SIGPIPE.
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)
address=$(getent ahostsv4 "$head" | awk 'NR == 1 {print $1}'):${RAY_PORT:-6379}
srun --nodes=1 --ntasks=1 --nodelist="$head" ray start --head --block \
  --node-ip-address="${address%:*}" --port="${address##*:}" --num-cpus="$cpus" --include-dashboard=false &
ray=$!
until srun --overlap --nodes=1 --ntasks=1 --nodelist="$head" ray status --address="$address" >/dev/null 2>&1; do
  kill -0 $ray 2>/dev/null || { echo "error: Ray did not start on $head" >&2; exit 1; }
  sleep 2
done
if ((SLURM_JOB_NUM_NODES > 1)); then
  srun --nodes=$((SLURM_JOB_NUM_NODES - 1)) --ntasks=$((SLURM_JOB_NUM_NODES - 1)) --exclude="$head" \
    ray start --block --address="$address" --num-cpus="$cpus" &
fi

actors=$((SLURM_JOB_NUM_NODES * (cpus / 4)))
run=("$environment" --out "$folder")
[[ -e $folder/state.pt ]] && run=(--out "$folder" --resume)
srun --overlap --nodes=1 --ntasks=1 --nodelist="$head" muscle-train "${run[@]}" \
  --ray "$address" --actors "$actors" --threads 4 --num-envs 256 "$@" &
training=$!
# Two minutes before the job's end: save and stop.
trap 'kill -TERM $training' TERM
wait $training || wait $training
