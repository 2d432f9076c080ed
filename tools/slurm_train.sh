#!/usr/bin/env bash
# Train under SLURM: slurm_train.sh PARTITION JOB_NAME CONFIG [options of train.py]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS set the size of the job.
set -eu
if [ $# -lt 3 ]; then sed -n 2,3p "$0"; exit 1; fi
partition=$1 job=$2 config=$3; shift 3
here=$(cd "$(dirname "$0")" && pwd)
gpus=${GPUS:-4} per_node=${GPUS_PER_NODE:-4}
PYTHONPATH="$here/..:${PYTHONPATH:-}" exec srun -p "$partition" --job-name="$job" \
    --gres="gpu:$per_node" --ntasks="$gpus" --ntasks-per-node="$per_node" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} \
    python -u "$here/train.py" "$config" --launcher=slurm "$@"
