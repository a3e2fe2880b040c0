// The clips that the environments of a group follow: which one, and the change from one to another.
#include <algorithm>
#include <cmath>

#include "environment/group.hpp"

namespace muscle::environment {

void Group::setClip(int clip, const bool* mask, bool atOnce, const double* begun, const Outputs& out) {
  if (atOnce && episodes_.front().number == 0) throw StateError("set_clip: no episode has begun; call reset first");
  if (atOnce && scene_->clips.size() == 1) throw StateError("set_clip: there is one clip, which the present episode follows already");
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
    if (begun) beginWithin(lane, begun[first_ + lane]);
  });
  if (begun) prepareObservation();
  eachChosen(mask, [&](int lane) { writeEpisode(lane, out); });
}

// Goes on with a clip, at once or by a transition. After kinematics().
void Group::switchClip(int lane, int clip) {
  Episode& episode = episodes_[lane];
  const Episode before = episode;
  const auto steps = std::llround(scene_->settings.transition * scene_->settings.controlHz);
  episode.clip = clip;
  episode.cycle = 0;
  episode.placement = {};
  episode.transition = {};
  Transition& transition = episode.transition;
  if (before.transition.isOn() && before.transition.share() < 0.5)  // of the two clips, the one that has the larger share
    transition = before.transition;
  else
    transition.clip = before.clip, transition.motion = {before.phase, before.cycle};
  transition.step = 0;
  transition.steps = steps;
  transition.isPending = !scene_->clips[transition.clip].reference->cyclic() && transition.motion.phase < 1;
  episode.phase = beginPhaseOf(lane);
  episode.clock = {episode.phase, 0};
  placeHere(lane, clip, {episode.phase, 0}, episode.placement);
  if (steps == 0) return;
  placeHere(lane, transition.clip, transition.motion, transition.placement);
  episode.phaseRate = std::min(phaseStep(lane), kMaxPhaseRate);
  setTransitionRate(lane);
}

// Where the clip begins that is gone to: at once, where it is nearest to the character; by a transition, where it fits to the one that is
// left.
double Group::beginPhaseOf(int lane) const {
  const Episode& episode = episodes_[lane];
  const Transition& transition = episode.transition;
  if (!transition.isOn()) return nearestPhase(*scene_->model, reference(lane), view(lane));
  if (!reference(lane).cyclic()) return 0;
  const bool inStep = scene_->clips[transition.clip].reference->cyclic();
  const double phase = (inStep ? transition.motion.phase : 0) + scene_->clips[episode.clip].leads[transition.clip];
  return phase - std::floor(phase);
}

// Puts a clip where the character is, and in its direction.
void Group::placeHere(int lane, int clip, const CyclePhase& motion, Placement& placement) {
  placement = {};
  if (scene_->model->numRootDofs() != 6) return;
  evaluateClip(lane, clip, placement, motion.phase, motion.cycle, pose_);
  placement = placementAt(scene_->model->rootOrientation(), view(lane).quaternion(0), view(lane).rootPosition(), pose_);
}

Paces Group::paces(int lane, double ahead) const {
  const Transition& transition = episodes_[lane].transition;
  const Reference& left = *scene_->clips[transition.clip].reference;
  return pacesBetween(left, reference(lane), transition.isPending, transition.share(ahead));
}

// The rate of the clip that is left, when the next one's is known: an action changes both.
void Group::setTransitionRate(int lane) {
  Transition& transition = episodes_[lane].transition;
  const Paces now = paces(lane, kMiddle);
  const double nextTime = episodes_[lane].phaseRate * reference(lane).duration() / now.next;
  transition.rate = std::min(nextTime * now.left / scene_->clips[transition.clip].reference->duration(), kMaxPhaseRate);
}

// Goes on to this part of the transition, and puts the character there.
void Group::beginWithin(int lane, double part) {
  Episode& episode = episodes_[lane];
  const auto steps = static_cast<std::int64_t>(part * static_cast<double>(episode.transition.steps));
  if (steps > 0 && episode.transition.isPending) episode.transition.motion.phase = 1;  // over in the first of these steps
  for (std::int64_t k = 0; k <= steps && episode.transition.isOn() && episode.transition.step < steps; ++k) {
    episode.phaseRate = std::min(phaseStep(lane), kMaxPhaseRate);
    setTransitionRate(lane);
    advanceTransition(lane);
    advancePhase(lane);
  }
  evaluateReference(lane, episode.phase, episode.cycle, pose_);
  takePose(lane);
}

// Before advancePhase(): the way on the ground is that of the pose between both clips, and from there both go on.
void Group::advanceTransition(int lane) {
  Episode& episode = episodes_[lane];
  Transition& transition = episode.transition;
  if (!transition.isOn()) return;
  const double next = episode.phase + episode.phaseRate, left = transition.motion.phase + transition.rate;
  const bool goesOver = transition.isPending && left >= 1;
  if (scene_->model->numRootDofs() == 6) {
    evaluateReference(lane, next, episode.cycle, pose_);
    const Vec3<double> root{pose_.position[4], pose_.position[5], pose_.position[6]};
    if (goesOver) {  // in the direction in which it ends
      evaluateClip(lane, episode.clip, {}, next, episode.cycle, ahead_);
      episode.placement = placementAt(scene_->model->rootOrientation(), quaternionAt(pose_.position, 0), root, ahead_);
    }
    const auto meet = [&](int clip, double phase, std::int64_t cycle, Placement& placement) {
      evaluateClip(lane, clip, placement, phase, cycle, ahead_);
      placement.x += root.x - ahead_.position[4];
      placement.z += root.z - ahead_.position[6];
    };
    meet(episode.clip, next, episode.cycle, episode.placement);
    meet(transition.clip, left, transition.motion.cycle, transition.placement);
  }
  if (scene_->clips[transition.clip].reference->cyclic())
    transition.motion.advance(transition.rate);
  else
    transition.motion.phase = left;
  if (transition.isPending)
    transition.isPending = !goesOver;
  else if (++transition.step >= transition.steps)
    transition = {};
}

void Group::setClipWeights(std::span<const double> weights) {
  for (int lane = 0; lane < lanes(); ++lane) std::copy(weights.begin(), weights.end(), clipWeights_.begin() + lane * weights.size());
}

}  // namespace muscle::environment
