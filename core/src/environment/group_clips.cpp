// The clips that the environments of a group follow: which one, and the change from one to another.
#include <algorithm>

#include "environment/group.hpp"

namespace muscle::environment {

void Group::setClip(int clip, const bool* mask, bool atOnce, const Outputs& out) {
  if (atOnce && episodes_.front().number == 0) throw StateError("set_clip: no episode has begun; call reset first");
  if (atOnce && clip < 0) throw StateError("set_clip: which clip the present episode goes on with is not drawn; name one");
  bool any = false;
  eachChosen(mask, [&](int lane) {
    chosenClips_[lane] = clip;
    any = true;
  });
  if (!atOnce || !any) return;
  prepareObservation();
  eachChosen(mask, [&](int lane) {
    switchClip(lane, clip);
    writeEpisode(lane, out);
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
  episode.placement = placementAt(scene_->model->rootOrientation(), view(lane), pose_);
}

void Group::setClipWeights(std::span<const double> weights) {
  for (int lane = 0; lane < lanes(); ++lane) std::copy(weights.begin(), weights.end(), clipWeights_.begin() + lane * weights.size());
}

}  // namespace muscle::environment
