// The number of CPUs that this process may use.
#pragma once

#include <string>

namespace muscle::batch {

// Number of CPUs of the affinity mask, limited by the quotas of the control groups; at least 1.
int availableCpus();

// Number of CPUs that the control groups (versions 1 and 2) grant by their quotas, rounded up; 0 without a quota.
// `groups`: path of /proc/self/cgroup; `mount`: mount point of the control groups' file systems.
int quotaCpus(const std::string& groups = "/proc/self/cgroup", const std::string& mount = "/sys/fs/cgroup");

}  // namespace muscle::batch
