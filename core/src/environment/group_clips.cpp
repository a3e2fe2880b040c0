// The clips that the environments of a group follow: which one, and the change from one to another.
#include <algorithm>

#include "environment/group.hpp"

namespace muscle::environment {

void Group::setClip(int clip, const bool* mask, bool atOnce, const Outputs& out) {
  if (atOnce && episodes_.front().number == 0) throw StateError("set_clip: no episode has begun; call reset first");
  if (atOnce && clip < 0) throw StateError("set_clip: which clip the present episode goes on with is not drawn; name one");
  const auto eachChosen = [&](auto&& visit) {
    for (int lane = 0; lane < exposed_; ++lane)
      if (!mask || mask[first_ + lane]) visit(lane);
  };
  bool any = false;
  eachChosen([&](int lane) {
    chosenClips_[lane] = clip;
    any = true;
  });
  if (!atOnce || !any) return;
  prepareObservation();
  const int size = scene_->observationSize();
  eachChosen([&](int lane) {
    switchClip(lane, clip);
    if (out.observation) writeObservation(lane, out.observation + static_cast<std::size_t>(first_ + lane) * size);
    writeClip(lane, out);
  });
}

// Goes on with a clip where it is nearest to the present state. After kinematics().
void Group::switchClip(int lane, int clip) {
  Episode& episode = episodes_[lane];
  episode.clip = clip;
  episode.phase = nearestPhase(*scene_->model, reference(lane), view(lane));
  episode.cycle = 0;
  episode.clock = {episode.phase, 0};
  episode.placement = {};
  if (scene_->model->numRootDofs() != 6) return;
  evaluateReference(lane, episode.phase, 0, pose_);
  episode.placement = placementAt(view(lane), pose_);
}

void Group::setClipWeights(std::span<const double> weights) {
  for (int lane = 0; lane < lanes(); ++lane) std::copy(weights.begin(), weights.end(), clipWeights_.begin() + lane * weights.size());
}

void Group::writeClip(int lane, const Outputs& out) const {
  if (out.clips) out.clips[first_ + lane] = episodes_[lane].clip;
}

}  // namespace muscle::environment
