"""Drives the panels in a real window by Dear ImGui's test engine; prints what came of it."""

from imgui_bundle import hello_imgui, imgui, implot
from kinematic_double import KinematicSession
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.panels import Context, all_panels
from muscle_viewer.viewer.panels.activations import Activations
from muscle_viewer.viewer.runtime import Runtime
from muscle_viewer.viewer.view_state import ViewState


def main() -> None:
    runtime, view, panels = Runtime(KinematicSession()), ViewState(), all_panels()
    pressed: list[str] = []

    def send(command: c.Command) -> None:
        if isinstance(command, c.ViewCommand):
            view.apply(command)
        else:
            pressed.append(type(command).__name__)

    def gui() -> None:
        context = Context(
            runtime.session.info, runtime.frame, runtime.status, runtime.history, view, 60.0
        )
        for panel in panels:
            if panel.open:
                imgui.begin(panel.title)
                panel.draw(context, send)
                imgui.end()

    def drive(engine: imgui.test_engine.TestContext) -> None:
        engine.set_ref("Activations")
        engine.item_click("**/##soleus_r")
        engine.key_down(imgui.Key.mod_ctrl)
        engine.item_click("**/##tibant_l")
        engine.key_up(imgui.Key.mod_ctrl)
        engine.set_ref("Controls")
        engine.item_click("**/Step")
        engine.item_click("**/###play")
        engine.set_ref("Activations")
        engine.item_input_value("**/##filter", "sol")
        hello_imgui.get_runner_params().app_shall_exit = True

    def register() -> None:
        engine = hello_imgui.get_imgui_test_engine()
        test = imgui.test_engine.register_test(engine, "panels", "select and press")
        test.test_func = drive
        imgui.test_engine.queue_test(engine, test)

    params = hello_imgui.RunnerParams()
    params.use_imgui_test_engine = True
    params.callbacks.show_gui = gui
    params.callbacks.register_tests = register
    params.callbacks.post_init = lambda: implot.create_context()
    window = hello_imgui.DefaultImGuiWindowType.no_default_window
    params.imgui_window_params.default_imgui_window_type = window
    params.app_window_params.window_geometry.size = (1280, 720)
    params.ini_disable = True
    hello_imgui.run(params)

    activations = next(p for p in panels if isinstance(p, Activations))
    context = Context(
        runtime.session.info, runtime.frame, runtime.status, runtime.history, view, 60.0
    )
    rows = len(activations.visible_rows(context))
    names = [runtime.session.info.muscle_names[m] for m in view.selection]
    print(f"{', '.join(names)} | {' '.join(pressed)} | filter {activations.filter}: {rows} row")


if __name__ == "__main__":
    main()
