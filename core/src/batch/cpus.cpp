#include "batch/cpus.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

namespace muscle::batch {
namespace {

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

// Quota of a group of version 2: "max 100000", or microseconds of CPU time and of the period.
double quotaOfVersion2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0, period = 0;
  return file >> quota >> period && quota > 0 && period > 0 ? quota / period : kNoQuota;
}

// Quota of a group of version 1: the same in two files, -1 for none.
double quotaOfVersion1(const std::string& folder) {
  std::ifstream quotaFile(folder + "/cpu.cfs_quota_us"), periodFile(folder + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quotaFile >> quota && periodFile >> period && quota > 0 && period > 0 ? quota / period : kNoQuota;
}

// The smallest quota of a group and its parents. In a container the path may be the host's, which does not exist there; the root
// is then the container's own group.
template <class Quota>
double least(const std::string& root, std::string path, Quota&& quota) {
  double found = quota(root);
  for (; path.size() > 1; path.erase(path.rfind('/'))) found = std::min(found, quota(root + path));
  return found;
}

bool lists(const std::string& controllers, const std::string& name) {
  return ("," + controllers + ",").find("," + name + ",") != std::string::npos;
}

int affinityCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return static_cast<int>(std::thread::hardware_concurrency());
  return CPU_COUNT(&set);
}

}  // namespace

int quotaCpus(const std::string& groups, const std::string& mount) {
  double cpus = kNoQuota;
  std::ifstream file(groups);
  // Lines of hierarchy:controllers:path; version 2 has the hierarchy 0 and no controllers.
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* place : {"", "/unified"}) cpus = std::min(cpus, least(mount + place, path, quotaOfVersion2));
    } else if (lists(controllers, "cpu")) {
      for (const std::string& place : {std::string("cpu"), controllers})
        cpus = std::min(cpus, least(mount + "/" + place, path, quotaOfVersion1));
    }
  }
  return std::isinf(cpus) ? 0 : std::max(1, static_cast<int>(std::min(std::ceil(cpus), 1e6)));
}

int availableCpus() {
  const int allowed = affinityCpus(), quota = quotaCpus();
  return std::max(1, quota > 0 ? std::min(allowed, quota) : allowed);
}

}  // namespace muscle::batch
