#!/usr/bin/env bash
# Start a real, one-machine Slurm (slurmctld + slurmd + munge) on loopback, for
# development and CI. Debian/Ubuntu, no systemd, no cgroups, no database needed.
# Safe to run again: a healthy one is left as it is, and a daemon that died is started
# again. Other settings than the running one's: it is stopped, its jobs are dropped,
# and it comes up anew.
#
#   sudo ./start-local-slurm.sh            one node, all CPUs of this machine
#   LABSIM_SLURM_NODES=2 ./start-...       the CPUs split over 2 slurmd "nodes"
#                                          (to test the death of a node)
#   LABSIM_SLURM_CPUS=8  ./start-...       pretend to have 8 CPUs (many small jobs)
#   LABSIM_SLURM_ARRAY_MAX=1001            MaxArraySize (Slurm's own default)
#   LABSIM_SLURM_TIMEOUT=20                seconds after which a silent node counts as dead
#   LABSIM_SLURM_DBD=1   ./start-...       also slurmdbd + MariaDB, so that sacct works
#   LABSIM_SLURM_STATE=/var/lib/labsim-slurm   where config, state and logs go
#   LABSIM_SLURM_INSTALL_ONLY=1  install what is missing, start nothing
#
# It never touches a Slurm that it did not write: a slurm.conf without the marker
# line makes it stop. Stop it with stop-local-slurm.sh beside this file.
set -euo pipefail

STATE=${LABSIM_SLURM_STATE:-/var/lib/labsim-slurm}
alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }   # pid file -> running?
any_alive() { local file; for file in "$@"; do alive "$file" && return; done; return 1; }
# called with no settings while a part of one runs: keep the settings that it runs with
if [ -z "${LABSIM_SLURM_NODES:-}${LABSIM_SLURM_CPUS:-}${LABSIM_SLURM_ARRAY_MAX:-}${LABSIM_SLURM_DBD:-}${LABSIM_SLURM_TIMEOUT:-}" ] &&
   [ -r "$STATE/etc/settings" ] && any_alive "$STATE"/run/slurm*.pid; then
  # shellcheck disable=SC1091
  . "$STATE/etc/settings"
fi
NODES=${LABSIM_SLURM_NODES:-1}
ARRAY_MAX=${LABSIM_SLURM_ARRAY_MAX:-1001}
DBD=${LABSIM_SLURM_DBD:-0}
NODE_TIMEOUT=${LABSIM_SLURM_TIMEOUT:-20}
CTLD_PORT=${LABSIM_SLURM_CTLD_PORT:-16817}
SLURMD_PORT=${LABSIM_SLURM_SLURMD_PORT:-16850}   # node i listens on SLURMD_PORT+i
DBD_PORT=16819
DB_PORT=13307
MARK='# written by start-local-slurm.sh (labsim)'
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say()  { printf '[local-slurm] %s\n' "$*"; }
die()  { printf '[local-slurm] ERROR: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root (slurmd runs the jobs as their owners): use sudo"
[ "$NODES" -ge 1 ] || die "LABSIM_SLURM_NODES must be 1 or more"

# ---- 1. packages -----------------------------------------------------------
need=()
command -v munged    >/dev/null || need+=(munge)
command -v slurmctld >/dev/null || need+=(slurmctld)
command -v slurmd    >/dev/null || need+=(slurmd)
command -v sbatch    >/dev/null || need+=(slurm-client)
if [ "$DBD" = 1 ]; then
  command -v slurmdbd >/dev/null || need+=(slurmdbd)
  command -v mariadbd >/dev/null || need+=(mariadb-server)
fi
if [ ${#need[@]} -gt 0 ]; then
  say "installing: ${need[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt_get() { apt-get -q -o DPkg::Lock::Timeout=600 "$@"; }
  apt_get install -y --no-install-recommends "${need[@]}" >/tmp/local-slurm-apt.log 2>&1 || {
    apt_get update >>/tmp/local-slurm-apt.log 2>&1 || true
    apt_get install -y --no-install-recommends "${need[@]}" >>/tmp/local-slurm-apt.log 2>&1 \
      || { tail -n 20 /tmp/local-slurm-apt.log >&2; die "apt-get install failed"; }
  }
fi
[ -z "${LABSIM_SLURM_INSTALL_ONLY:-}" ] || exit 0
id slurm >/dev/null 2>&1 || die "no user 'slurm' (the Debian packages make it)"

# ---- 2. never touch someone else's Slurm ------------------------------------
CONF_LINK=/etc/slurm/slurm.conf
mkdir -p /etc/slurm
if [ -e "$CONF_LINK" ] && ! grep -qF "$MARK" "$CONF_LINK"; then
  die "$CONF_LINK is not ours (no marker line): refusing to replace it"
fi
if [ -e /etc/slurm/cgroup.conf ] && ! grep -qF "$MARK" /etc/slurm/cgroup.conf; then
  die "/etc/slurm/cgroup.conf is not ours: refusing"
fi

mkdir -p "$STATE"/{etc,ctld,log,run}
chown slurm: "$STATE"/{ctld,log,run}
chmod 755 "$STATE" "$STATE"/etc

# ---- 3. configuration --------------------------------------------------------
HOST=$(hostname -s)
addr=$(getent ahostsv4 "$HOST" 2>/dev/null | awk 'NR==1{print $1}' || true)
case "$addr" in
  127.*) ;;
  '') say "host name '$HOST' does not resolve; adding it to /etc/hosts on 127.0.0.1"
      echo "127.0.0.1 $HOST  $MARK" >>/etc/hosts ;;
  *)  say "note: '$HOST' resolves to $addr, not to loopback. The daemons still listen on"
      say "      127.0.0.1 only; srun's own step-I/O port will be on $addr." ;;
esac

# what slurmd itself sees:  NodeName=x CPUs=.. Boards=.. ... RealMemory=..
hw=$(slurmd -C | head -n 1)
cpus=$(sed -n 's/.*CPUs=\([0-9]*\).*/\1/p' <<<"$hw")
mem=$(sed -n 's/.*RealMemory=\([0-9]*\).*/\1/p' <<<"$hw")
cpus=${LABSIM_SLURM_CPUS:-$cpus}
per_cpu=$(( cpus / NODES )); [ "$per_cpu" -ge 1 ] || per_cpu=1
per_mem=$(( mem * 95 / 100 / NODES ))

new=$(mktemp)
{
  echo "$MARK"
  cat <<CONF
ClusterName=labsim
SlurmctldHost=$HOST(127.0.0.1)
# listen on loopback only
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=$CTLD_PORT
SlurmUser=slurm
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=$STATE/ctld
SlurmdSpoolDir=$STATE/d-%n
SlurmctldPidFile=$STATE/run/slurmctld.pid
SlurmdPidFile=$STATE/run/slurmd-%n.pid
SlurmctldLogFile=$STATE/log/slurmctld.log
SlurmdLogFile=$STATE/log/slurmd-%n.log
# No cgroups: whether proctrack/cgroup works depends on how the machine mounts them
# (a hybrid tree: slurmd starts, the node is idle, and every job fails). pgid ends a
# job's process group with it; linuxproc was seen to leave behind background children
# of a finished batch script.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
# without cgroups this polling is what ends a step over its --mem
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
# the least loaded node first: jobs go to both nodes, not all to the first
SelectTypeParameters=CR_Core_Memory,CR_LLN
DefMemPerCPU=$(( per_mem / per_cpu ))
# quick reactions, for tests
KillWait=5
SlurmdTimeout=$NODE_TIMEOUT
ReturnToService=2
MinJobAge=600
MaxArraySize=$ARRAY_MAX
SlurmdParameters=config_overrides
JobCompType=jobcomp/filetxt
JobCompLoc=$STATE/log/jobcomp.txt
CONF
  if [ "$DBD" = 1 ]; then
    echo "AccountingStorageType=accounting_storage/slurmdbd"
    echo "AccountingStorageHost=127.0.0.1"
    echo "AccountingStoragePort=$DBD_PORT"
  fi
  names=()
  for ((i = 1; i <= NODES; i++)); do
    n=$HOST; [ "$NODES" -gt 1 ] && n="n$i"
    names+=("$n")
    echo "NodeName=$n NodeHostname=$HOST NodeAddr=127.0.0.1 Port=$((SLURMD_PORT + i)) CPUs=$per_cpu RealMemory=$per_mem State=UNKNOWN"
  done
  list=$(IFS=,; echo "${names[*]}")
  echo "PartitionName=debug Nodes=$list Default=YES DefaultTime=60 MaxTime=UNLIMITED State=UP"
  echo "PartitionName=short Nodes=$list DefaultTime=1 MaxTime=1 State=UP"
} >"$new"

nodes_of() { sed -n 's/^NodeName=\([^ ]*\).*/\1/p' "$1"; }
if [ -e "$STATE/etc/slurm.conf" ] && ! cmp -s "$new" "$STATE/etc/slurm.conf"; then
  if alive "$STATE/run/slurmctld.pid"; then
    say "settings changed: stopping the running one first"
    LABSIM_SLURM_KEEP_MUNGE=1 bash "$HERE/stop-local-slurm.sh"
  fi
  rm -rf "$STATE"/ctld "$STATE"/d-*            # old job and node state would not fit
  mkdir -p "$STATE/ctld"; chown slurm: "$STATE/ctld"
fi
cp "$new" "$STATE/etc/slurm.conf"; rm -f "$new"
chmod 644 "$STATE/etc/slurm.conf"
ln -sfn "$STATE/etc/slurm.conf" "$CONF_LINK"
printf 'LABSIM_SLURM_%s\n' "NODES=$NODES" "CPUS=$cpus" "ARRAY_MAX=$ARRAY_MAX" "DBD=$DBD" "TIMEOUT=$NODE_TIMEOUT" >"$STATE/etc/settings"
: >>"$STATE/log/jobcomp.txt"; chown slurm: "$STATE/log/jobcomp.txt"

# ---- 4. munge ----------------------------------------------------------------
[ -s /etc/munge/munge.key ] || {
  (umask 077; dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=1024 status=none)
  chown munge: /etc/munge/munge.key; chmod 400 /etc/munge/munge.key; }
if ! munge -n </dev/null 2>/dev/null | unmunge >/dev/null 2>&1; then
  install -d -o munge -g munge -m 755 /run/munge
  install -d -o munge -g munge -m 700 /var/log/munge /var/lib/munge
  runuser -u munge -- /usr/sbin/munged --force 2>>"$STATE/log/munged.err" || die "munged did not start: $(cat "$STATE/log/munged.err")"
  touch "$STATE/run/munge-is-ours"
  for _ in $(seq 50); do munge -n </dev/null 2>/dev/null | unmunge >/dev/null 2>&1 && break; sleep 0.1; done
fi
munge -n </dev/null | unmunge >/dev/null || die "munge does not answer"

# ---- 5. accounting (optional) --------------------------------------------------
if [ "$DBD" = 1 ]; then
  if ! alive "$STATE/run/mariadb.pid"; then
    say "starting MariaDB on 127.0.0.1:$DB_PORT"
    install -d -o mysql -g mysql "$STATE/db" "$STATE/run/db"
    [ -d "$STATE/db/mysql" ] || mariadb-install-db --user=mysql --datadir="$STATE/db" \
        --skip-test-db --auth-root-authentication-method=socket >"$STATE/log/mariadb-install.log" 2>&1
    mariadbd --no-defaults --user=mysql --datadir="$STATE/db" --socket="$STATE/run/db/sock" \
        --bind-address=127.0.0.1 --port=$DB_PORT --pid-file="$STATE/run/db/pid" \
        --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 \
        </dev/null >"$STATE/log/mariadb.log" 2>&1 &
    echo $! >"$STATE/run/mariadb.pid"; disown
    for _ in $(seq 150); do mariadb --no-defaults -S "$STATE/run/db/sock" -e 'select 1' >/dev/null 2>&1 && break; sleep 0.2; done
    mariadb --no-defaults -S "$STATE/run/db/sock" -e "
      create database if not exists slurm_acct;
      create user if not exists 'slurm'@'127.0.0.1' identified by 'local-test-only';
      grant all on slurm_acct.* to 'slurm'@'127.0.0.1';" || die "MariaDB did not start, see $STATE/log/mariadb.log"
  fi
  if ! alive "$STATE/run/slurmdbd.pid"; then
    say "starting slurmdbd"
    cat >/etc/slurm/slurmdbd.conf <<CONF
$MARK
AuthType=auth/munge
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$DBD_PORT
CommunicationParameters=NoInAddrAny
SlurmUser=slurm
LogFile=$STATE/log/slurmdbd.log
PidFile=$STATE/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$DB_PORT
StorageUser=slurm
StoragePass=local-test-only
StorageLoc=slurm_acct
CONF
    chown slurm: /etc/slurm/slurmdbd.conf; chmod 600 /etc/slurm/slurmdbd.conf
    slurmdbd
    for _ in $(seq 150); do sacctmgr -n show cluster >/dev/null 2>&1 && break; sleep 0.2; done
    sacctmgr -n show cluster >/dev/null || die "slurmdbd does not answer, see $STATE/log/slurmdbd.log"
  fi
  sacctmgr -n show cluster labsim 2>/dev/null | grep -q labsim || sacctmgr -i add cluster labsim >/dev/null
fi

# ---- 6. slurmctld and slurmd ----------------------------------------------------
if ! alive "$STATE/run/slurmctld.pid"; then
  say "starting slurmctld on 127.0.0.1:$CTLD_PORT"
  slurmctld || die "slurmctld did not start, see $STATE/log/slurmctld.log"
fi
for n in $(nodes_of "$STATE/etc/slurm.conf"); do
  if ! alive "$STATE/run/slurmd-$n.pid"; then
    say "starting slurmd for node $n"
    mkdir -p "$STATE/d-$n"
    slurmd -N "$n" || die "slurmd did not start, see $STATE/log/slurmd-$n.log"
  fi
done

# ---- 7. wait until every node takes work, then prove it with a job -----------------
deadline=$((SECONDS + 60)); bad=
while :; do
  bad=$(sinfo -h -N -p debug -o '%N %t' 2>/dev/null | awk '$2!="idle" && $2!="mix" && $2!="alloc"{print}')
  [ -n "$(sinfo -h 2>/dev/null)" ] && [ -z "$bad" ] && break
  [ $SECONDS -lt $deadline ] || { sinfo -R; die "nodes not up after 60 s: ${bad:-slurmctld does not answer}; logs in $STATE/log"; }
  # a node left drained or down by an earlier end is put back into service
  while read -r n s; do
    case "$s" in drain*|down*|drng*) scontrol update NodeName="$n" State=RESUME >/dev/null 2>&1 || true;; esac
  done <<<"$bad"
  sleep 0.5
done
if [ -z "$(squeue -h)" ]; then                 # nothing of the user's in the way
  got=$(cd / && timeout 60 srun -n1 -t1 hostname) || die "sinfo is idle but srun failed; logs in $STATE/log"
  [ "$got" = "$(hostname)" ] || die "srun answered '$got'"
  for _ in $(seq 50); do [ -z "$(squeue -h)" ] && break; sleep 0.1; done   # let it complete
fi

say "ready: $(slurmctld -V), $NODES node(s) x $per_cpu CPU(s), MaxArraySize $ARRAY_MAX$([ "$DBD" = 1 ] && echo ', sacct on')"
sinfo
say "try:   sbatch --wrap 'hostname'    squeue    srun -n1 hostname    sbatch --array=0-9 --wrap 'echo \$SLURM_ARRAY_TASK_ID'"
say "logs:  $STATE/log"
say "stop:  sudo bash $HERE/stop-local-slurm.sh      (--purge also deletes $STATE)"
