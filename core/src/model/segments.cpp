// Paths without blended points as the few segments that change their length, resolved at load.
//
// Between two points on one body the tension has no effect: its forces and their moments cancel. One segment remains for each
// change of body, and a joint feels the segments between a body that it carries and one that it does not.
#include "model/model.hpp"

namespace muscle::model {
namespace {

template <class T>
bool isBlended(const Constants<T>& constants, const Muscle<T>& muscle) {
  for (int p = muscle.pointBegin; p < muscle.pointEnd; ++p)
    if (constants.attachmentOffsets[p + 1] - constants.attachmentOffsets[p] != 1) return true;
  return false;
}

template <class T>
void resolve(Constants<T>& constants, Muscle<T>& muscle) {
  muscle.segmentBegin = muscle.segmentEnd = static_cast<int>(constants.segments.size());
  if (muscle.nodeBegin != muscle.nodeEnd) return;
  muscle.rigidLength = T(0);
  muscle.blended = isBlended(constants, muscle);
  if (muscle.blended) return;
  const auto attachment = [&](int point) -> const PathAttachment<T>& { return constants.attachments[constants.attachmentOffsets[point]]; };
  const int* touched = constants.touchedBodies.data() + muscle.bodyBegin;
  std::vector<std::pair<int, int>> slots;  // of each segment's ends
  bool continues = false;
  for (int p = muscle.pointBegin; p + 1 < muscle.pointEnd; ++p) {
    const PathAttachment<T>& a = attachment(p);
    const PathAttachment<T>& b = attachment(p + 1);
    if (a.slot == b.slot) {
      muscle.rigidLength += norm(b.position - a.position);
      continues = false;
      continue;
    }
    constants.segments.push_back({touched[a.slot], touched[b.slot], continues, a.position, b.position});
    slots.emplace_back(a.slot, b.slot);
    continues = true;
  }
  muscle.segmentEnd = static_cast<int>(constants.segments.size());
  for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
    SpannedJoint& joint = constants.spannedJoints[j];
    const auto carries = [&](int slot) { return (joint.slots >> slot & 1u) != 0; };
    joint.crossingBegin = static_cast<int>(constants.crossings.size());
    for (std::size_t s = 0; s < slots.size(); ++s)
      if (carries(slots[s].first) != carries(slots[s].second))
        constants.crossings.push_back({static_cast<int>(s), carries(slots[s].first) ? 1.0f : -1.0f});
    joint.crossingEnd = static_cast<int>(constants.crossings.size());
  }
}

}  // namespace

template <class T>
void resolveSegments(Constants<T>& constants) {
  for (Muscle<T>& muscle : constants.muscles) resolve(constants, muscle);
}

template void resolveSegments(Constants<double>&);
template void resolveSegments(Constants<float>&);

void placeSegments(Constants<double>& constants) {
  for (Muscle<double>& muscle : constants.muscles) {
    if (muscle.blended || muscle.nodeBegin != muscle.nodeEnd) continue;
    muscle.rigidLength = 0;
    PathSegment<double>* segment = constants.segments.data() + muscle.segmentBegin;
    for (int p = muscle.pointBegin; p + 1 < muscle.pointEnd; ++p) {
      const PathAttachment<double>& a = constants.attachments[constants.attachmentOffsets[p]];
      const PathAttachment<double>& b = constants.attachments[constants.attachmentOffsets[p + 1]];
      if (a.slot == b.slot) {
        muscle.rigidLength += norm(b.position - a.position);
      } else {
        segment->start = a.position;
        segment->end = b.position;
        ++segment;
      }
    }
  }
}

}  // namespace muscle::model
