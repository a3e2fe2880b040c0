// How many CPUs this process may use.
#pragma once

#include <string>

namespace muscle::batch {

// CPUs of the affinity mask, and no more than the quotas of the control groups grant; at least 1.
int availableCpus();

// CPUs' worth of time that control groups (versions 1 and 2) grant, a part of one counted as one; 0 without a quota.
// `groups`: what /proc/self/cgroup says; `mount`: where their file systems are.
int quotaCpus(const std::string& groups = "/proc/self/cgroup", const std::string& mount = "/sys/fs/cgroup");

}  // namespace muscle::batch
